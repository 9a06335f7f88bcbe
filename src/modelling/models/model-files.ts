/** The files of a model.tar.gz that Linnet adds to the algorithm's own. Amazon's XGBoost takes every file but hidden ones for a model. */
export const preparationFileName = '.linnet-preparation.json';
export const reportFileName = '.linnet-report.json';
