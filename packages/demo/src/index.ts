export { demoLabels, demoModel, demoPhotos, demoPreprocess } from './demo-data.js';
