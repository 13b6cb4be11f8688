# Lambdock's Node.js runtime, used where AWS's public.ecr.aws/lambda/nodejs can't be had.
# The driver builds it: `runtime/` is packages/containers/runtimes/nodejs, `node_modules/` what it
# carries: AWS's runtime interface client and AWS SDK for JavaScript v3.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
# AWS's user, and an empty /opt: layers are mounted there. AWS's Node.js finds ES modules where
# NODE_PATH says, Node's own does not: the links lie on the way up from /var/task, in NODE_PATH's order.
RUN rm -rf /opt/* && mkdir -p /var/task \
 && ln -s /opt/nodejs/node_modules /var/node_modules \
 && ln -s /var/runtime/node_modules /node_modules \
 && echo 'sbx_user1051:x:993:990::/home/sbx_user1051:/usr/sbin/nologin' >> /etc/passwd \
 && echo 'sbx_user1051:x:990:' >> /etc/group
COPY node_modules /var/runtime/node_modules
COPY runtime /var/runtime
WORKDIR /var/task
ENTRYPOINT ["/var/runtime/bootstrap"]
CMD []
