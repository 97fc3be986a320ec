/**
 * One box: every component wired to one registry over one set of ports. The live world (`cli/`) and the simulated one
 * (`simulate/`) both start here, so that what is tested is what runs. It must not name a driver.
 */

export { Box, type BoxPorts, type BoxSettings, createBoxRegistry, rootNameOf } from './box.ts';
export { BOX_DEFAULTS } from './box-defaults.ts';
