import { testKilledHost } from './kill-host.ts';

testKilledHost(25, 150);
