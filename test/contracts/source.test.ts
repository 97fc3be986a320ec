import { join } from 'node:path';
import { describeSource } from './source-contract.ts';

/** What needs nothing but files. The drivers that need git, ssh or a server are in `source.system.test.ts`. */
describeSource({
  name: 'a path, read with isomorphic-git',
  serve: async (folder) => ({
    address: (name) => ({ repository: join(folder, name), driver: 'isomorphic' }),
    close: async () => {},
  }),
});
