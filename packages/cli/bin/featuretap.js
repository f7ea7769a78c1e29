#!/usr/bin/env node
// Stands outside dist: npm links a command only when its file exists, and that is before the build.
import '../dist/main.js';
