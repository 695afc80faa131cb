// The configuration of the servers that gw is held against, as text: one event loop in front of one Bun process, everything
// else as it comes, but for what would end a connection or refuse a body of this run.

/** `user`: as root nginx gives its worker another user, who could not reach the socket. */
export const nginxConfig = (folder: string, port: number, app: string, isSecure = false): string => `
${process.getuid?.() === 0 ? "user root;" : ""}
worker_processes 1; daemon off; pid ${folder}/nginx-${port}.pid; error_log ${folder}/nginx-${port}.log;
events { worker_connections 4096; }
http {
  access_log off; client_max_body_size 0; keepalive_requests 100000000;
  client_body_temp_path ${folder}/nginx-body-${port}; proxy_temp_path ${folder}/nginx-proxy-${port};
  upstream app { server unix:${app}; keepalive 256; }
  server {
    listen 127.0.0.1:${port}${isSecure ? " ssl http2" : ""};
    ${isSecure ? `ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem; ssl_protocols TLSv1.3;` : ""}
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`;

/** nginx in front of what serves WSGI by itself, or by uWSGI's protocol. */
export const nginxBefore = (folder: string, port: number, app: string, isUwsgi: boolean): string => {
  const whole = nginxConfig(folder, port, app);
  const plain = 'proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";';
  return isUwsgi ? whole.replace(plain, "include /etc/nginx/uwsgi_params; uwsgi_pass app;") : whole;
};

/** Files, as nginx serves them at its best. */
export const nginxFilesConfig = (folder: string, port: number): string => `
${process.getuid?.() === 0 ? "user root;" : ""}
worker_processes 1; daemon off; pid ${folder}/nginx-${port}.pid; error_log ${folder}/nginx-${port}.log;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on; open_file_cache max=1000;
  server { listen 127.0.0.1:${port}; root ${folder}/static; }
}
`;

export const haproxyConfig = (port: number, app: string): string => `
global
 nbthread 1
defaults
 mode http
 timeout client 30s
 timeout server 30s
 timeout connect 5s
frontend clients
 bind 127.0.0.1:${port}
 default_backend app
backend app
 http-reuse always
 server app unix@${app}
`;

/** Where Debian and Red Hat have it. */
export const WSGI_MODULES = [
  "/usr/lib/apache2/modules/mod_wsgi.so",
  "/usr/lib64/httpd/modules/mod_wsgi_python3.so",
];

/** mod_wsgi in daemon mode; the daemon is named so that its processor time can be told from that of Apache. */
export const apacheConfig = (
  folder: string,
  port: number,
  module: string,
  app = "app.wsgi",
  threads = 15,
): string => `
ServerRoot ${folder}
PidFile ${folder}/httpd-${port}.pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/httpd-${port}.log
ServerName localhost
Listen 127.0.0.1:${port}
${process.getuid?.() === 0 ? "User nobody\nGroup nogroup" : ""}
LoadModule mpm_event_module ${module.replace(/[^/]*$/, "mod_mpm_event.so")}
LoadModule authz_core_module ${module.replace(/[^/]*$/, "mod_authz_core.so")}
LoadModule wsgi_module ${module}
KeepAlive On
MaxKeepAliveRequests 0
StartServers 1
ServerLimit 1
ThreadLimit 512
ThreadsPerChild 512
MaxRequestWorkers 512
MaxSpareThreads 512
WSGISocketPrefix ${folder}/wsgi-${port}
WSGIDaemonProcess app processes=1 threads=${threads} listen-backlog=512 display-name=%{GROUP}
WSGIScriptAlias / ${folder}/${app} process-group=app application-group=%{GLOBAL}
<Directory ${folder}>
 Require all granted
</Directory>
`;
