export { DataError, type DataPlace } from '../base/index.ts';
