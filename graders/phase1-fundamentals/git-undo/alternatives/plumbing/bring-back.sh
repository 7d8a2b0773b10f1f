# The reflog's line below "moving from salvage to main"
n=$(git log -g --format=%gs HEAD | grep -n 'moving from salvage to' | head -n 1 | cut -d: -f1)
git update-ref refs/heads/rescue "HEAD@{$n}"
