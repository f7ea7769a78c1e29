import { homedir, platform } from 'node:os';
import { join } from 'node:path';

/** Name of the folder below the user's caches. */
const NAME = 'featuretap';

/**
 * The folder for caches of this user: `$FEATURETAP_CACHE`, else `featuretap` in what the system has
 * for it (XDG base directories, `~/Library/Caches`, `%LOCALAPPDATA%`).
 */
export function defaultCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.FEATURETAP_CACHE) return env.FEATURETAP_CACHE;
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Caches', NAME);
  if (platform() === 'win32') {
    return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), NAME, 'Cache');
  }
  return join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), NAME);
}
