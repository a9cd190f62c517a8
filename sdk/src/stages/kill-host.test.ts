import { testKilledHost } from './kill-host.ts';

testKilledHost(3, 25);
