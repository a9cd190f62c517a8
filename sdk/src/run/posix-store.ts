import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { DiskFullError } from '../errors/disk-full.ts';
import { inTurn } from './in-turn.ts';
import type { AppendFile, StagedFile, Store } from './store.ts';

/**
 * Files in a folder of this machine (or a network file system with atomic rename and link). Unfinished files lie in
 * `temporaryFolder`.
 */
export function openPosixStore(folder: string, { temporaryFolder = '_tmp' } = {}): Store {
  const root = resolve(folder);
  const at = (path: string) => join(root, path);

  const store: Store = {
    root,
    read: (path) => readFile(at(path)).catch(undefinedWhenMissing),
    size: async (path) => (await stat(at(path)).catch(undefinedWhenMissing))?.size,
    list: async (path) => ((await readdir(at(path)).catch(undefinedWhenMissing)) ?? []).sort(),
    // `end` is inclusive, so an empty stream cannot be asked for by it.
    stream: (path, bytes) =>
      bytes === 0 ? Readable.from([]) : createReadStream(at(path), { highWaterMark: 1 << 20, end: bytes && bytes - 1 }),

    async readRange(path, offset, bytes) {
      await using file = await open(at(path), 'r');
      return await readExactly(file, path, offset, bytes);
    },

    async write(path, content) {
      await using staged = await store.stage(basename(path));
      await staged.write(content);
      await staged.seal();
      await staged.publish(path);
    },

    async createExclusively(path, content) {
      await using staged = await store.stage(basename(path));
      await staged.write(content);
      await staged.seal();
      await makeFolder(dirname(at(path)));
      try {
        // Unlike an exclusive open, a link gives the name to content that is already whole.
        await namingFullDisk(path, link(staged.localPath, at(path)));
      } catch (error) {
        // The owner that was first may also have cleared away our temporary file.
        if (isCode(error, 'EEXIST') || (isCode(error, 'ENOENT') && (await store.size(path)) !== undefined)) {
          return false;
        }
        throw error;
      }
      await syncFolder(dirname(at(path)));
      return true;
    },

    makeFolder: (path) => makeFolder(at(path)),

    async stage(name) {
      await makeFolder(at(temporaryFolder));
      return stageFile(root, join(temporaryFolder, `${randomUUID().slice(0, 8)}-${name}`));
    },

    async move(from, to) {
      await makeFolder(dirname(at(to)));
      const moved = await namingFullDisk(to, rename(at(from), at(to))).then(() => true, undefinedWhenMissing);
      await syncFolder(dirname(at(to)));
      return moved ?? false;
    },

    async openAppend(path) {
      await makeFolder(dirname(at(path)));
      return await openAppendFile(at(path), path, { isShared: true });
    },

    async remove(path) {
      await rm(at(path), { recursive: true, force: true });
      await syncFolder(dirname(at(path))).catch(undefinedWhenMissing);
    },
  };
  return store;
}

function stageFile(root: string, path: string): StagedFile {
  const localPath = join(root, path);
  let handle: FileHandle | undefined;
  let handedOver = false;
  return {
    path,
    localPath,

    async write(chunk) {
      handle ??= await namingFullDisk(localPath, open(localPath, 'wx'));
      await namingFullDisk(localPath, handle.appendFile(chunk));
    },

    async seal() {
      await handle?.close();
      handle = await open(localPath, 'r');
      await namingFullDisk(localPath, handle.sync());
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of handle.createReadStream({ autoClose: false, highWaterMark: 1 << 20 })) {
        hash.update(chunk);
        bytes += chunk.length;
      }
      return { bytes, sha256: hash.digest('hex') };
    },

    async publish(path) {
      const target = join(root, path);
      await makeFolder(dirname(target));
      await namingFullDisk(target, rename(localPath, target));
      await syncFolder(dirname(target));
    },

    async publishForAppend(target) {
      const file = await openAppendFile(localPath, target, { isShared: false });
      try {
        await this.publish(target);
        return file;
      } catch (error) {
        await file[Symbol.asyncDispose]();
        throw error;
      }
    },

    handOver() {
      handedOver = true;
    },

    takeBack() {
      handedOver = false;
    },

    async [Symbol.asyncDispose]() {
      await handle?.close();
      if (!handedOver) {
        await rm(localPath, { force: true });
      }
    },
  };
}

async function openAppendFile(
  localPath: string,
  path: string,
  { isShared }: { readonly isShared: boolean },
): Promise<AppendFile> {
  const handle = await open(localPath, 'a+');
  await syncFolder(dirname(localPath));
  let bytes = (await handle.stat()).size;
  const next = inTurn();
  return {
    get bytes() {
      return bytes;
    },
    append: (content) =>
      next(async () => {
        const data = typeof content === 'string' ? Buffer.from(content) : content;
        try {
          await namingFullDisk(localPath, writeAll(handle, data));
        } catch (error) {
          // Half of it may have been written; what comes next must not follow on that. In a file of many, lines of
          // others may follow already.
          await (isShared ? undefined : handle.truncate(bytes).catch(() => undefined));
          throw error;
        }
        bytes += data.length;
        return bytes - data.length;
      }),
    readRange: (offset, length) => readExactly(handle, path, offset, length),
    sync: () => next(() => namingFullDisk(localPath, handle.datasync())),
    [Symbol.asyncDispose]: () => next(() => handle.close()),
  };
}

/** What `appendFile` does, for one buffer, in half the time: finished pages come by the thousand. */
async function writeAll(handle: FileHandle, data: Uint8Array): Promise<void> {
  for (let done = 0; done < data.length; ) {
    done += (await handle.write(data, done)).bytesWritten;
  }
}

async function readExactly(file: FileHandle, path: string, offset: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(bytes);
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await file.read(buffer, done, bytes - done, offset + done);
    if (bytesRead === 0) {
      throw new RangeError(`${path} ends at byte ${offset + done}, ${bytes} bytes from ${offset} were expected`);
    }
    done += bytesRead;
  }
  return buffer;
}

/** Makes a folder and every missing one above it, so that all of them survive a power cut. */
async function makeFolder(folder: string): Promise<void> {
  const topmost = await namingFullDisk(folder, mkdir(folder, { recursive: true }));
  if (topmost === undefined) {
    return;
  }
  for (let made = folder; made.length >= topmost.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await namingFullDisk(folder, handle.sync());
  } finally {
    await handle.close();
  }
}

async function namingFullDisk<Result>(path: string, task: Promise<Result>): Promise<Result> {
  try {
    return await task;
  } catch (error) {
    if (isCode(error, 'ENOSPC') || isCode(error, 'EDQUOT') || isCode(error, 'EFBIG')) {
      throw new DiskFullError({ path, cause: error });
    }
    throw error;
  }
}

function undefinedWhenMissing(error: unknown): undefined {
  if (!isCode(error, 'ENOENT') && !isCode(error, 'ENOTDIR')) {
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
