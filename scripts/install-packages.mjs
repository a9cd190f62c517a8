// Plain JavaScript for any Node since 20: it runs before the repository's own Node is there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs `npm ci` when node_modules is not what package-lock.json says, by npm's own record of what it installed. */
export function installPackages(root) {
  const locked = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (isInstalled(locked, installed)) return;

  const started = performance.now();
  console.log(`npm packages   installing what package-lock.json lists (about 500 MB in node_modules) ...`);
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) {
    console.error('npm ci failed (above). It needs the npm registry once; run the same command again.');
    process.exit(4);
  }
  const count = Object.keys(readPackages(join(root, 'node_modules', '.package-lock.json'))).length;
  console.log(`npm packages   ${count} installed in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

function readPackages(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {};
}

/** Optional packages may be absent: they are binaries for other platforms. */
function isInstalled(locked, installed) {
  const names = new Set([...Object.keys(locked), ...Object.keys(installed)]);
  names.delete('');
  return [...names].every((name) => {
    const [wanted, found] = [locked[name], installed[name]];
    if (found === undefined) return wanted.optional === true;
    return wanted !== undefined && wanted.version === found.version && wanted.integrity === found.integrity;
  });
}
