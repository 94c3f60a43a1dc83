install_packages nodejs22
printf '%s' "$SOURCE" >/srv/app/server.js
write_start_script '/usr/bin/node-22 /srv/app/server.js'
start_service
wait_until_healthy
