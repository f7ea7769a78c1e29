// Loaded first in workers when this package runs from its TypeScript sources. What tsx does when it
// is imported itself leaves `import` in worker threads alone.
import { register } from 'tsx/esm/api';

register();
