// `npm run check`: format, lint, types, import rules, unused code; both languages. Every check runs even when one fails.
import { runCommand } from './run-command.ts';
import { setUp } from './set-up.ts';

const { python } = await setUp({ developerTools: true });
const ruff = [python, '-m', 'ruff'];

const checks: Readonly<Record<string, readonly string[]>> = {
  'TypeScript format and lint': ['biome', 'ci', '--error-on-warnings', '.'],
  'TypeScript types': ['tsc', '-p', '.'],
  'import rules': [
    'depcruise',
    '--config',
    '.dependency-cruiser.js',
    '--output-type',
    'err',
    'bridge',
    'sdk',
    'plugins',
    'tests',
    'scripts',
    'bench',
  ],
  'unused code': ['knip'],
  'Python lint': [...ruff, 'check', '.'],
  'Python format': [...ruff, 'format', '--check', '.'],
  'Python types': ['pyright', '-p', 'python-env', '--pythonpath', python],
};

const failed: string[] = [];
for (const [name, command] of Object.entries(checks)) {
  const started = performance.now();
  const passed = (await runCommand(command)) === 0;
  if (!passed) failed.push(name);
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
console.log(`\n${Object.keys(checks).length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
