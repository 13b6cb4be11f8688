# Lambdock's OS-only runtime, used where AWS's public.ecr.aws/lambda/provided can't be had.
# AWS's own tutorial writes a bootstrap in shell with curl, so curl is there.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
RUN command -v curl >/dev/null || { apt-get update && apt-get install -y --no-install-recommends curl ca-certificates && rm -rf /var/lib/apt/lists/*; }
RUN rm -rf /opt/* && mkdir -p /var/task /var/runtime \
 && echo 'sbx_user1051:x:993:990::/home/sbx_user1051:/usr/sbin/nologin' >> /etc/passwd \
 && echo 'sbx_user1051:x:990:' >> /etc/group
WORKDIR /var/task
CMD []
