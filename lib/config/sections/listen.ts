import { optional, path, port, section, setting, text, texts } from '../fields.ts';

export const listen = section('Where the server listens. The client and the federation API share the listeners.', {
  host: setting(text(), '127.0.0.1', 'Address to listen on; "0.0.0.0" or "::" for every interface.'),
  httpPort: setting(port(), 8008, 'Port of plain HTTP; 0 takes a free one.'),
  httpsPort: optional(port(), 'Port of HTTPS; needs tls.certFile and tls.keyFile. 0 takes a free one.'),
  trustedProxies: setting(
    texts(),
    [],
    'Addresses or networks of proxies whose X-Forwarded-For is believed, such as "127.0.0.1" or "10.0.0.0/8".',
  ),
  edgeSecret: optional(
    text(),
    'What a CDN in front proves itself with in X-Myelin-Edge-Secret; its word on URI and address is believed then.',
    { secret: true },
  ),
  edgeSecretFile: optional(path(), 'File that holds listen.edgeSecret.'),
});

export const tls = section('The certificate of the HTTPS listener.', {
  certFile: optional(path(), 'Certificate chain in PEM.'),
  keyFile: optional(path(), 'Private key in PEM.'),
});
