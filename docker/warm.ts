// Loads what a server loads, while an image is built: the compiled code is kept (NODE_COMPILE_CACHE) for every start.
import '../lib/cli/main.ts';
import '../lib/cli/serve.ts';
import '../lib/cli/verbs/start.ts';
import './certificate.ts';
