/** The token that a request brings, for endpoints that only application services authenticate themselves at. */
export function appserviceTokenOf(request: Request, searchParams: URLSearchParams): string | undefined {
  const match = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '');
  return match?.[1] ?? searchParams.get('access_token') ?? undefined;
}
