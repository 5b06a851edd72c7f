/** Whether this is WebKit, under whatever name: no feature shows what it does otherwise. */
export const isWebKit = (): boolean => /Apple(?!.*Chrom)/.test(navigator.userAgent);
