#!/usr/bin/env node
'use strict';
// The installed command. Any Node back to 12 must be able to read this file: nothing newer is imported before the version is
// known, so that an old Node (a distribution's, in systemd's PATH) is told in one sentence instead of failing in an import.
const NEEDED = 24;

/** Runs an entry of the built package, given by its path from here. */
function launch(entry) {
  if (Number(process.versions.node.split('.')[0]) < NEEDED) {
    process.stderr.write(
      `opentrain-plugin needs Node ${NEEDED} or newer, and ${process.execPath} is Node ${process.versions.node}: install Node ${NEEDED} from https://nodejs.org, or run it by its path, in a systemd unit too: ExecStart=/path/to/node ${process.argv[1]} start\n`,
    );
    process.exitCode = 1;
    return;
  }
  keepCompiledCode();
  import(entry);
}

/** Compiled code is kept in a folder of this user: in a shared one another user could put code of their own. */
function keepCompiledCode() {
  const { CACHE_DIRECTORY, XDG_CACHE_HOME, HOME, NODE_COMPILE_CACHE } = process.env;
  const home = CACHE_DIRECTORY || XDG_CACHE_HOME || (HOME && `${HOME}/.cache`);
  const folder = NODE_COMPILE_CACHE || (home && `${home}/opentrain-plugin`);
  if (folder) require('node:module').enableCompileCache(folder);
}

module.exports = launch;
if (require.main === module) launch('./main.js');
