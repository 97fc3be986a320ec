#!/usr/bin/env node
/** The `berth` command: in a checkout it installs and builds what is missing first, in an installed package it only starts. */
process.argv.splice(2, 0, 'berth');
await import('./run.mjs');
