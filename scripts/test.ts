// `npm test`: every fast test of both languages.
import { runTests } from './run-tests.ts';

await runTests({ vitestProject: 'fast', pytestMarker: 'not slow' });
