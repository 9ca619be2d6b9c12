/** Explains why a file can't be written and what to do. */

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the disk; free some, or choose another folder",
  EDQUOT: "your share of the disk is used up; free some space, or choose another folder",
  EFBIG: "the file would be larger than this system allows; choose another folder, or raise the limit (`ulimit -f`)",
  EACCES: "permission is denied; choose a folder that you may write to",
  EPERM: "permission is denied; choose a folder that you may write to",
  EROFS: "the disk is read-only; choose another folder",
  ENOENT: "its folder does not exist, and none can be created there; choose another folder",
  ENOTDIR: "a part of the path is a file, not a folder; choose another folder",
  EEXIST: "a file has this name, or that of a folder above it; choose another name, or remove the file",
  EISDIR: "a folder has this name already; remove it, or choose another folder",
  ENAMETOOLONG: "the name is too long; choose a shorter one",
  ELOOP: "the links in its path lead in a circle; choose another folder",
  EMFILE: "too many files are open; close some programs",
  ENFILE: "too many files are open; close some programs",
  EIO: "the disk reports an error; choose a folder on another disk",
  EBUSY: "another program uses it; close that program, or choose another folder",
  // The error codes of the editor's file system.
  NoPermissions: "permission is denied; choose a folder that you may write to",
  FileNotADirectory: "a part of the path is a file, not a folder; choose another folder",
  Unavailable: "its file system can't be reached now; try again, or choose another folder",
};

/** Returns the code of a file-system error, such as ENOSPC; an empty text if it has none. */
export const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

/** Returns why a file can't be written and what to do, without a full stop. For a rare error it is the system's message. */
export const whyUnwritable = (error: unknown): string => REASONS[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));

/** Returns `NAME can't be written: REASON`, without a full stop. */
export const unwritable = (name: string, error: unknown): string => `${name} can't be written: ${whyUnwritable(error)}`;
