# Lambdock's Python runtime, used where AWS's public.ecr.aws/lambda/python can't be had.
# The driver builds it: `runtime/` is packages/containers/runtimes/python.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
COPY install-boto3.sh /tmp/
RUN sh /tmp/install-boto3.sh && rm /tmp/install-boto3.sh
# AWS's user, and an empty /opt: layers are mounted there.
RUN rm -rf /opt/* && mkdir -p /var/task \
 && echo 'sbx_user1051:x:993:990::/home/sbx_user1051:/usr/sbin/nologin' >> /etc/passwd \
 && echo 'sbx_user1051:x:990:' >> /etc/group
COPY runtime /var/runtime
# Sandboxes can't write there, so compile now what every cold start loads.
RUN python3 -m compileall -q /var/runtime
WORKDIR /var/task
ENTRYPOINT ["/var/runtime/bootstrap"]
CMD []
