/** The file of a model that says how raw rows become its features. Amazon's XGBoost container takes every file that is not hidden for a model. */
export const preparationFileName = '.linnet-preparation.json';
