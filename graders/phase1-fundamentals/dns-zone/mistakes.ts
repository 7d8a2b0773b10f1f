export const mistakes = []
