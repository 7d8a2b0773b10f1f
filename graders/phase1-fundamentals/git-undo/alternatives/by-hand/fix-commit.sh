set -e
git stash push -q --staged 2>/dev/null || true
git commit -q --amend --author="$(git config user.name) <$(git config user.email)>" --file=message.txt
if git rev-parse -q --verify refs/stash >/dev/null; then git stash pop -q --index; fi
rm message.txt
