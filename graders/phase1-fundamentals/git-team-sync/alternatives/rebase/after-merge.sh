git checkout main
git pull --ff-only --prune
if git branch --merged main | grep -q ' topic/depots$'; then
  git branch -d topic/depots
  git push origin :topic/depots || git remote prune origin
fi
exit 0
