import type { Plugin } from 'esbuild';

export function ruleCounters(): Plugin;
