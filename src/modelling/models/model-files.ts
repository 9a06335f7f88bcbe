/** The numbers of the report, a file that Linnet adds to the algorithm's own as it does the preparation. */
export const reportFileName = '.linnet-report.json';
