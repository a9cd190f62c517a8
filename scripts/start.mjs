// Starts `scripts/<name>.ts` from any Node since 20, after bringing node_modules in line with package-lock.json.
// From there on everything runs under the repository's own Node 24, which strips the types of our TypeScript.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages } from './install-packages.mjs';

const root = join(import.meta.dirname, '..');
const [name, ...args] = process.argv.slice(2);

installPackages(root);

const ownNode = join(root, 'node_modules', '.bin', 'node');
const node = existsSync(ownNode) ? ownNode : process.execPath;
const script = join(root, 'scripts', `${name}.ts`);
const child = spawn(node, ['--conditions=repro-src', script, ...args], { cwd: root, stdio: 'inherit' });

// A terminal sends Ctrl-C to the whole group: the child answers it, and this process waits for the answer.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (status, signal) => {
  process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1);
});
