import { openBridge } from '@repro/bridge';
import { handlers, python } from './sample-pool.ts';

/** A host that starts one worker, says that it is ready, and waits to be killed. */
const bridge = await openBridge();
await bridge.createPool({ name: 'idle', worker: handlers('sample.py'), python }).ready();
process.stdout.write('ready\n');
