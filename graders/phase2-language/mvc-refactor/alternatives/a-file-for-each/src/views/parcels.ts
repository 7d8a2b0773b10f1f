export * from './form.ts'
export * from './list.ts'
export * from './one.ts'
