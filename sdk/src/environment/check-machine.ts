import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { execa } from 'execa';
import type { SystemCheck } from './system-check.ts';

const requiredNodeMajor = 24;
/** The packages of the locks are built for it. */
const neededGlibc = '2.28';
/** The environment, the models, pip's downloads and a first run. */
const neededDiskBytes = 5e9;
/** One replica of the built-in model, the encoder of `bertscore` and the host. */
const neededMemoryBytes = 4e9;

export function checkNode(version = process.versions.node): SystemCheck {
  const check = { name: 'Node', found: version, expected: `${requiredNodeMajor} or newer` };
  if (Number.parseInt(version, 10) >= requiredNodeMajor) return { ...check, status: 'ok' };
  return {
    ...check,
    status: 'missing',
    cure: `Install Node ${requiredNodeMajor}, or use the one that npm puts into node_modules/.bin.`,
  };
}

interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Undefined where there is another C library. */
  readonly glibc: string | undefined;
}

export function checkPlatform(lock: string, machine: Machine = thisMachine()): SystemCheck {
  const { platform, arch, glibc } = machine;
  const check = {
    name: 'platform',
    found: `${platform} ${arch}, ${glibc === undefined ? 'no glibc' : `glibc ${glibc}`}`,
    expected: `linux x64 with glibc ${neededGlibc} or newer for the lock "${lock}"`,
  };
  const isNewEnough = (glibc ?? '0').localeCompare(neededGlibc, 'en', { numeric: true }) >= 0;
  if (platform === 'linux' && arch === 'x64' && isNewEnough) return { ...check, status: 'ok' };
  return {
    ...check,
    status: 'missing',
    cure: 'Use a Linux x86_64 container of Debian 10, Ubuntu 20.04, RHEL 8 or newer (not Alpine), or WSL 2 on Windows.',
  };
}

function thisMachine(): Machine {
  // It would look up the names of all network peers.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
  return { platform: process.platform, arch: process.arch, glibc: header?.glibcVersionRuntime };
}

export async function checkDisk(folder: string): Promise<SystemCheck> {
  const { bavail, bsize } = await statfsOfNearest(folder);
  const free = bavail * bsize;
  const check = {
    name: 'disk',
    found: `${gigabytes(free)} free at ${folder}`,
    expected: `${gigabytes(neededDiskBytes)} free`,
  };
  if (free >= neededDiskBytes) return { ...check, status: 'ok' };
  return { ...check, status: 'warning', cure: 'Free space, or name another place with REPRO_CACHE=/path.' };
}

export function checkMemory(
  total = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
): SystemCheck {
  const check = { name: 'memory', found: gigabytes(total), expected: `${gigabytes(neededMemoryBytes)} or more` };
  if (total >= neededMemoryBytes) return { ...check, status: 'ok' };
  return {
    ...check,
    status: 'warning',
    cure: 'Use a machine or container with more memory, and models with `replicas: 1`.',
  };
}

export function checkCores(count = availableParallelism()): SystemCheck {
  const check = { name: 'cores', found: String(count), expected: '2 or more' };
  if (count >= 2) return { ...check, status: 'ok' };
  return { ...check, status: 'warning', cure: 'It runs, slowly: host and model share the core.' };
}

/** A GPU is welcome and never needed. */
export async function checkGpu(): Promise<SystemCheck> {
  const query = ['--query-gpu=name,memory.total', '--format=csv,noheader'];
  const result = await execa('nvidia-smi', query, { reject: false, timeout: 10_000, stdin: 'ignore' });
  const found = result.failed ? 'none' : result.stdout.trim().split('\n').join('; ');
  return { name: 'GPU', status: 'ok', found, expected: 'none needed for the lock "cpu"' };
}

/** The folder may not be there yet: its nearest parent that is lies on the same disk. */
async function statfsOfNearest(folder: string): Promise<{ readonly bavail: number; readonly bsize: number }> {
  try {
    return await statfs(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || folder === dirname(folder)) throw error;
    return await statfsOfNearest(dirname(folder));
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
