import { z } from 'zod';
import type { Endpoint } from '../../lib/api/http/endpoint.ts';

/** Values for the parameters of a template; what is not named gets something that can be anything. */
export type Parameters = Record<string, string>;

/** A template with its parameters in place, percent-encoded. */
export function pathOf(template: string, parameters: Parameters): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? 'm.anything'));
}

/** Names of a template's parameters. */
export function parametersOf(template: string): string[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
}

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
}

/** The JSON schema of what an endpoint takes; undefined without a body. */
export function bodySchemaOf(endpoint: Endpoint): Schema | undefined {
  if (!endpoint.bodySchema) return undefined;
  return z.toJSONSchema(endpoint.bodySchema, { io: 'input', unrepresentable: 'any' }) as Schema;
}

/** Members of the body, with their schemas. */
export function fieldsOf(endpoint: Endpoint): [name: string, schema: Schema][] {
  return Object.entries(bodySchemaOf(endpoint)?.properties ?? {});
}

/** Names of the query parameters that an endpoint looks at. */
export function queryNamesOf(endpoint: Endpoint): string[] {
  if (!endpoint.querySchema) return [];
  const schema = z.toJSONSchema(endpoint.querySchema, { io: 'input', unrepresentable: 'any' }) as Schema;
  return Object.keys(schema.properties ?? {});
}

/** A value that fits a schema, as plain as can be. */
export function plainValue(schema: Schema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf?.[0]) return plainValue(schema.anyOf[0]);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'string':
      return 'text';
    case 'number':
    case 'integer':
      return 1;
    case 'boolean':
      return false;
    case 'array':
      return [];
    default:
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, plainValue(schema.properties?.[name] ?? {})]),
      );
  }
}

/** Values of every JSON type but those that a schema takes. */
export function wrongValues(schema: Schema): unknown[] {
  const types = new Set([schema, ...(schema.anyOf ?? [])].flatMap((one) => one.type ?? []));
  const open = (one: Schema) => one.type === undefined && one.enum === undefined && one.const === undefined;
  if (schema.anyOf ? schema.anyOf.some(open) : open(schema)) return [];
  const candidates: [string, unknown][] = [
    ['string', 'text'],
    ['number', 12.5],
    ['boolean', true],
    ['array', [[]]],
    ['object', { a: {} }],
    ['null', null],
  ];
  return candidates
    .filter(([type]) => !types.has(type) && !(type === 'number' && types.has('integer')))
    .map(([, v]) => v);
}
