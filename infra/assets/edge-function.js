// @ts-nocheck
// CloudFront Function (runtime 2.0), on every viewer request. Signatures of other servers cover the request URI byte for
// byte, and what stands behind may decode or normalise it, so it travels in a header as well. The secret that makes the
// origin believe these headers is added by the distribution; whatever a client writes into them is replaced here.
// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it
function handler(event) {
  const request = event.request;
  const query = request.rawQueryString();
  request.headers['x-myelin-raw-uri'] = { value: query ? `${request.uri}?${query}` : request.uri };
  // With a port, as addresses of IPv6 need to be told from it.
  request.headers['x-myelin-viewer-address'] = { value: `${event.viewer.ip}:0` };
  delete request.headers['x-myelin-edge-secret'];
  delete request.headers['x-myelin-unit'];
  return request;
}
