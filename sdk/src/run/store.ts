/**
 * The only door from `src/run` to files. Paths are relative to the run folder, with `/`. What `write`, `publish` and
 * `createExclusively` finished survives a power cut, and is either there whole or not at all.
 */
export interface Store {
  /** Folder on this machine; DuckDB and people read there. */
  readonly root: string;
  /** Undefined when there is no such file. */
  read(path: string): Promise<Buffer | undefined>;
  /** Exactly these bytes, or an error when the file is shorter. */
  readRange(path: string, offset: number, bytes: number): Promise<Buffer>;
  /** The file from its beginning, in chunks; its first `bytes` only when given. */
  stream(path: string, bytes?: number): AsyncIterable<Buffer>;
  /** Names in a folder, sorted; none when there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Bytes of a file; undefined when there is no such file. */
  size(path: string): Promise<number | undefined>;
  /** Replaces the file. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** False when the file is already there; it is then untouched. */
  createExclusively(path: string, content: string): Promise<boolean>;
  makeFolder(path: string): Promise<void>;
  /** Gives a file another name, in place of what has it now; false when there is no such file. */
  move(from: string, to: string): Promise<boolean>;
  /** A new file that nobody sees until it is published. */
  stage(name: string): Promise<StagedFile>;
  /** A file that grows; created when it is not there. Others may append to it as well. */
  openAppend(path: string): Promise<AppendFile>;
  /** A file or a folder with all it holds; nothing when there is none. */
  remove(path: string): Promise<void>;
}

/** A temporary file. Disposing it without `publish` or `handOver` removes it. */
export interface StagedFile extends AsyncDisposable {
  /** Relative to the run folder. */
  readonly path: string;
  /** Where another writer (DuckDB) may fill it instead of `write`. */
  readonly localPath: string;
  write(chunk: string | Uint8Array): Promise<void>;
  /** Flushes it to disk; what it now holds. */
  seal(): Promise<{ readonly bytes: number; readonly sha256: string }>;
  /** Gives a sealed file its name. */
  publish(path: string): Promise<void>;
  /** The same, and appends to it: to this very file, whoever gives the name to another one. Nobody else may append. */
  publishForAppend(path: string): Promise<AppendFile>;
  /** Leaves it where it lies: whoever is told of it gives it its name. */
  handOver(): void;
  /** Undoes `handOver`. */
  takeBack(): void;
}

export interface AppendFile extends AsyncDisposable {
  /** Bytes written so far. */
  readonly bytes: number;
  /** Gives the place where the content begins. */
  append(content: string | Uint8Array): Promise<number>;
  /** Exactly these bytes, or an error when the file is shorter. */
  readRange(offset: number, bytes: number): Promise<Buffer>;
  sync(): Promise<void>;
}
