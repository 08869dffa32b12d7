import { bool, choice, json, optional, path, port, section, setting, share, text, url } from '../fields.ts';

export const log = section('What is logged: one JSON object a line on standard output.', {
  level: setting(choice(['silent', 'error', 'warn', 'info', 'debug', 'trace']), 'info', 'Least level that is written.'),
});

export const metrics = section('Prometheus metrics.', {
  enabled: setting(bool(), true, 'Serve /metrics.'),
});

export const tracing = section('OpenTelemetry traces: a request, the writer that it asks, and the SQL of both.', {
  exporter: setting(
    choice(['none', 'otlp', 'xray']),
    'none',
    'Where spans go: "otlp" to a collector by HTTP, "xray" to the X-Ray daemon beside a Lambda.',
  ),
  otlpUrl: setting(url('https', 'http'), 'http://127.0.0.1:4318/v1/traces', 'Where the collector takes traces.'),
  sampleRatio: setting(share(), 1, 'Share of the requests that are traced.'),
});

export const replication = section('Requests between the processes of one server, where there are several.', {
  secret: optional(text(), 'Key with which they sign requests to each other.', { secret: true }),
  secretFile: optional(path(), 'File that holds replication.secret.'),
  host: setting(text(), '127.0.0.1', 'Address on which a process takes them; never a public one.'),
  port: setting(port(), 0, 'Port on which a process takes them; 0 takes a free one.'),
  advertisedHost: optional(text(), 'Where the others reach this process.', {
    defaultNote: 'replication.host, or the address of the machine',
  }),
});

export const wellKnown = section('What /.well-known/matrix answers.', {
  enabled: setting(bool(), true, 'Answer /.well-known/matrix/client and /server.'),
  server: optional(text(), 'Where other servers find this one, such as "matrix.example.org:443".', {
    defaultNote: 'host and port of publicBaseUrl',
  }),
  client: optional(json(), 'More members of /.well-known/matrix/client.'),
  support: section('What /.well-known/matrix/support answers; nothing when all is left out.', {
    page: optional(url('https', 'http'), 'Page with help for users.'),
    matrixId: optional(text(), 'User id of an administrator.'),
    email: optional(text(), 'E-mail address of an administrator.'),
  }),
});
