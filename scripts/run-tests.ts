import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import { setUp } from './set-up.ts';

interface Count {
  readonly passed: number;
  readonly failed: number;
}

/** Sets up, runs vitest and pytest, and ends with the one line `N passed, N failed`. */
export async function runTests({
  vitestProject,
  pytestMarker,
}: {
  readonly vitestProject: 'fast' | 'slow';
  readonly pytestMarker: string;
}): Promise<void> {
  const { python } = await setUp({ developerTools: true });
  const reports = mkdtempSync(join(tmpdir(), 'repro-tests-'));
  try {
    const counts = [await runVitest(vitestProject, reports, python), await runPytest(pytestMarker, reports, python)];
    const passed = counts.reduce((sum, count) => sum + count.passed, 0);
    const failed = counts.reduce((sum, count) => sum + count.failed, 0);
    console.log(`\n${passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    rmSync(reports, { recursive: true });
  }
}

async function runVitest(project: string, reports: string, python: string): Promise<Count> {
  const report = join(reports, 'vitest.xml');
  const reporters = ['--reporter=default', '--reporter=junit', `--outputFile.junit=${report}`];
  const status = await runCommand(['vitest', 'run', '--project', project, ...reporters], { REPRO_PYTHON: python });
  return readReport(report, status);
}

async function runPytest(marker: string, reports: string, python: string): Promise<Count> {
  const report = join(reports, 'pytest.xml');
  const options = ['-c', 'python-env/pyproject.toml', '-m', marker, `--junit-xml=${report}`];
  const status = await runCommand([python, '-m', 'pytest', ...options, 'python-env/tests', 'plugins'], {
    PYTHONDONTWRITEBYTECODE: '1',
  });
  // 5: no test has this marker.
  return readReport(report, status === 5 ? 0 : status);
}

/** Counts of a JUnit report. A runner that failed without a failed test (a file that does not load, a crash) counts as one. */
function readReport(path: string, status: number): Count {
  let total = 0;
  let failed = 0;
  let skipped = 0;
  for (const [suite] of readText(path).matchAll(/<testsuite\s[^>]*>/g)) {
    total += readNumber(suite, 'tests');
    failed += readNumber(suite, 'failures') + readNumber(suite, 'errors');
    skipped += readNumber(suite, 'skipped');
  }
  if (status !== 0 && failed === 0) return { passed: total - skipped, failed: 1 };
  return { passed: total - failed - skipped, failed };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readNumber(element: string, attribute: string): number {
  return Number(new RegExp(`\\s${attribute}="(\\d+)"`).exec(element)?.[1] ?? 0);
}
