/** The functions of XGBoost's C interface that are used, as C declares them (xgboost/c_api.h). */

const handle = 'void*';
const outHandle = '_Out_ void**';
const outCount = '_Out_ uint64_t*';

/** Those that answer 0, or else leave a message with `XGBGetLastError`. */
export const checkedPrototypes = {
  matrixOfDense: `int XGDMatrixCreateFromDense(const char*, const char*, ${outHandle})`,
  matrixOfCsr: `int XGDMatrixCreateFromCSR(const char*, const char*, const char*, uint64_t, const char*, ${outHandle})`,
  matrixSetInfo: `int XGDMatrixSetInfoFromInterface(${handle}, const char*, const char*)`,
  matrixSlice: `int XGDMatrixSliceDMatrixEx(${handle}, const int*, uint64_t, ${outHandle}, int)`,
  matrixRows: `int XGDMatrixNumRow(${handle}, ${outCount})`,
  matrixColumns: `int XGDMatrixNumCol(${handle}, ${outCount})`,
  matrixFree: `int XGDMatrixFree(${handle})`,
  boosterCreate: `int XGBoosterCreate(void**, uint64_t, ${outHandle})`,
  boosterFree: `int XGBoosterFree(${handle})`,
  boosterSetParam: `int XGBoosterSetParam(${handle}, const char*, const char*)`,
  boosterUpdate: `int XGBoosterUpdateOneIter(${handle}, int, ${handle})`,
  boosterEvaluate: `int XGBoosterEvalOneIter(${handle}, int, void**, const char**, uint64_t, _Out_ const char**)`,
  boosterPredict: `int XGBoosterPredictFromDMatrix(${handle}, ${handle}, const char*, ${outHandle}, ${outCount}, ${outHandle})`,
  boosterSave: `int XGBoosterSaveModelToBuffer(${handle}, const char*, ${outCount}, ${outHandle})`,
  boosterLoad: `int XGBoosterLoadModelFromBuffer(${handle}, const void*, uint64_t)`,
  boosterSlice: `int XGBoosterSlice(${handle}, int, int, int, ${outHandle})`,
  boosterRounds: `int XGBoosterBoostedRounds(${handle}, _Out_ int*)`,
  boosterFeatures: `int XGBoosterGetNumFeature(${handle}, ${outCount})`,
  boosterAttribute: `int XGBoosterGetAttr(${handle}, const char*, _Out_ const char**, _Out_ int*)`,
  boosterSetAttribute: `int XGBoosterSetAttr(${handle}, const char*, const char*)`,
  boosterConfig: `int XGBoosterSaveJsonConfig(${handle}, ${outCount}, _Out_ const char**)`,
} as const;

/** As `checkedPrototypes`, for trainings on several hosts only: libraries before 3.0 lack some. */
export const collectivePrototypes = {
  trackerCreate: `int XGTrackerCreate(const char*, ${outHandle})`,
  trackerRun: `int XGTrackerRun(${handle}, const char*)`,
  trackerWait: `int XGTrackerWaitFor(${handle}, const char*)`,
  trackerFree: `int XGTrackerFree(${handle})`,
  communicatorInit: 'int XGCommunicatorInit(const char*)',
  communicatorFinalize: 'int XGCommunicatorFinalize()',
  communicatorRank: 'int XGCommunicatorGetRank()',
  communicatorSize: 'int XGCommunicatorGetWorldSize()',
  allReduce: 'int XGCommunicatorAllreduce(void*, size_t, int, int)',
  broadcast: 'int XGCommunicatorBroadcast(void*, size_t, int)',
  setGlobalConfig: 'int XGBSetGlobalConfig(const char*)',
} as const;

export const plainPrototypes = {
  lastError: 'const char* XGBGetLastError()',
  version: 'void XGBoostVersion(_Out_ int*, _Out_ int*, _Out_ int*)',
} as const;

export type CheckedName = keyof typeof checkedPrototypes;
export type CollectiveName = keyof typeof collectivePrototypes;
export type PlainName = keyof typeof plainPrototypes;

/** The name of the C function in a declaration. */
export const functionOf = (prototype: string): string => /(\w+)\(/.exec(prototype)?.[1] ?? prototype;
