install_packages nginx

# A name in a variable is looked up again and again: a load balancer's addresses change.
if [[ -n $UPSTREAM ]]; then
  location="resolver 169.254.169.253 valid=10s;
      set \$upstream $UPSTREAM;
      proxy_pass \$upstream;
      proxy_http_version 1.1;
      proxy_set_header Host \$host;
      proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto \$forwarded_proto;
      proxy_connect_timeout 5s;
      proxy_ssl_server_name on;
      proxy_ssl_verify on;
      proxy_ssl_verify_depth 4;
      proxy_ssl_trusted_certificate /etc/pki/tls/certs/ca-bundle.crt;"
else
  location="try_files \$uri \$uri/ =404;"
fi

cat >/etc/nginx/nginx.conf <<CONF
user nginx;
worker_processes auto;
worker_rlimit_nofile 65536;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log warn;
events {
  worker_connections 4096;
}
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  server_tokens off;
  sendfile on;
  keepalive_timeout 75s;
  access_log /var/log/nginx/access.log combined;
  map \$http_x_forwarded_proto \$forwarded_proto {
    default \$http_x_forwarded_proto;
    "" \$scheme;
  }
  server {
    listen $PORT default_server;
    listen [::]:$PORT default_server;
    root /srv/www;
    location = $HEALTH_PATH {
      access_log off;
      default_type text/plain;
      return 200 "ok\n";
    }
    location / {
      $location
    }
  }
}
CONF
nginx -t
keep_running nginx
wait_until_healthy
