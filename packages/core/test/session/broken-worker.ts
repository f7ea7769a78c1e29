// Stands in for a worker whose file cannot even be loaded.
throw new Error('cannot load the worker');
