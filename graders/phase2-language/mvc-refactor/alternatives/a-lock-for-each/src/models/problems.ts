export function problem(name: string, message: string, errors?: object): Error {
  const error = new Error(message) as Error & { errors?: object }
  error.name = name
  if (errors) error.errors = errors
  return error
}
