// `npm run pack`: the three packages as tarballs in dist/, with everything they need at run time.
import { execFile as execFileWithCallback } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { root, runCommand } from './run-command.ts';

const execFile = promisify(execFileWithCallback);
const destination = join(root, 'dist');

/** In the order in which they need each other's types. `sources` is what tsc reads; `carries` goes along under another name. */
const packages = [
  { folder: 'bridge', sources: 'src', carries: { 'python-env/locks': 'python/locks', 'python-env/src': 'python/src' } },
  { folder: 'sdk', sources: 'src', carries: { templates: 'templates', 'docs/errors': 'errors', 'sdk/bin': 'bin' } },
  { folder: 'plugins', sources: '.', carries: {} },
];

rmSync(destination, { recursive: true, force: true });
for (const { folder, sources, carries } of packages) {
  await compile(folder, sources);
  const staging = join(destination, folder);
  copy(join(root, folder, 'dist'), join(staging, 'dist'));
  for (const [from, to] of Object.entries(carries)) copy(join(root, from), join(staging, to));
  for (const file of ['LICENSE', 'README.md']) copy(join(root, file), join(staging, file));
  writeFileSync(join(staging, 'package.json'), publishedManifest(join(root, folder, 'package.json')));
  if (folder === 'sdk') await writeCommandList(staging);
  await run(['npm', 'pack', staging, '--pack-destination', destination, '--ignore-scripts', '--loglevel=error']);
}
// A checkout runs from its sources; nothing stale stays behind.
for (const { folder } of packages) rmSync(join(root, folder, 'dist'), { recursive: true });

/** JavaScript and declarations into `dist`, and beside them whatever else stands beside the sources: handlers, prompts. */
async function compile(folder: string, sources: string): Promise<void> {
  const output = join(root, folder, 'dist');
  rmSync(output, { recursive: true, force: true });
  await run(['tsc', '-p', join(root, folder, 'tsconfig.build.json')]);
  const others = globSync('*/**/*.*', {
    cwd: join(root, folder, sources),
    exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path) || path.endsWith('.ts') || isDeveloped(path),
  });
  for (const path of others) cpSync(join(root, folder, sources, path), join(output, path));
}

function copy(from: string, to: string): void {
  mkdirSync(join(to, '..'), { recursive: true });
  cpSync(from, to, { recursive: true, filter: (path) => !isDeveloped(path) });
}

/** Tests and caches stay at home. */
function isDeveloped(path: string): boolean {
  return /^(__pycache__|[.].*|test_.*[.]py|conftest[.]py|.*[.]test[.]ts)$/.test(basename(path));
}

/** What the commands say of themselves, so that `--help` loads none of them: they bring DuckDB, zod and all stages. */
async function writeCommandList(staging: string): Promise<void> {
  const script = `
    import { Config } from '@oclif/core';
    const config = await Config.load({ root: process.cwd(), ignoreManifest: true });
    console.log(JSON.stringify(config.plugins.get('@repro/sdk').manifest));`;
  const { stdout } = await execFile(process.execPath, ['--input-type=module', '-e', script], { cwd: staging });
  writeFileSync(join(staging, 'oclif.manifest.json'), stdout);
}

/** Without what only a checkout has: the condition that leads to `src`, and tools. */
function publishedManifest(path: string): string {
  const manifest = JSON.parse(readFileSync(path, 'utf8'), (key, value) => (key === 'repro-src' ? undefined : value));
  delete manifest.devDependencies;
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

async function run(command: readonly string[]): Promise<void> {
  if ((await runCommand(command)) !== 0) process.exit(1);
}
