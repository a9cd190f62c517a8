// `npm run test:slow`: real models, whole runs, real set-ups.
import { runTests } from './run-tests.ts';

await runTests({ vitestProject: 'slow', pytestMarker: 'slow' });
