import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createRequire } from 'node:module';
const t=(l,f)=>{const a=process.cpuUsage();return Promise.resolve(f()).then(r=>{const u=process.cpuUsage(a);console.log(l,((u.user+u.system)/1000).toFixed(0));return r;});};
const root = dirname(createRequire(import.meta.url).resolve('kubernetes-models'));
await t('readdir',async()=>{const index=new Map();for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {const m=/^([A-Z]\w*)\.mjs$/.exec(entry.name);if(!entry.isFile()||!m)continue;index.set(entry.parentPath+m[1],1);}return index;});
await t('validate pkg',()=>import('@kubernetes-models/validate'));
await t('ns',()=>import('kubernetes-models/v1/Namespace'));
await t('deploy',()=>import('kubernetes-models/apps/v1/Deployment'));
