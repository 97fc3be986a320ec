/** `npm run demo`: from a fresh clone to a running application. Installs what the checkout needs, then hands over to the demo itself. */
process.argv.splice(2, 0, 'demo');
await import('./run.mjs');
