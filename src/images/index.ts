// images: what images there are besides the built-in ones, in the data folder, and how they are added.
// It never runs an image's program; only `linnet image add` asks a package tool of the machine for packages.
// Start reading at image.ts.
export { addFolder } from './add-folder.ts';
export { addEnvironment, relocateImage } from './environment/add.ts';
export { frameworks, repositoriesOf } from './frameworks/all.ts';
export { type Image, type ImageNote, imagesFolder, readImages } from './image.ts';
export { imagesNamed, removeImage } from './keep.ts';
export { newestLibrary } from './newest-library.ts';
export { addOnnxRuntime } from './onnx/add.ts';
export { findPackageTool } from './package-tool.ts';
export { addXgboostLibrary, type TryLibrary } from './xgboost/add.ts';
