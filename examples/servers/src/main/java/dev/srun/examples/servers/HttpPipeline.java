package dev.srun.examples.servers;

import dev.srun.ListeningSocket;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.nio.charset.StandardCharsets;

/** HTTP over Netty, and the connections that are open. */
final class HttpPipeline extends ChannelInitializer<Channel> {
  private static final int LONGEST_BODY = 64 * 1024;

  private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final ListeningSocket socket;

  HttpPipeline(ListeningSocket socket) {
    this.socket = socket;
  }

  @Override
  protected void initChannel(Channel channel) {
    open.add(channel);
    channel
        .pipeline()
        .addLast(new HttpServerCodec(), new HttpObjectAggregator(LONGEST_BODY), new Pid());
  }

  void close() {
    open.close().syncUninterruptibly();
  }

  private final class Pid extends SimpleChannelInboundHandler<FullHttpRequest> {

    @Override
    protected void channelRead0(ChannelHandlerContext channel, FullHttpRequest request) {
      byte[] text = Answer.text().getBytes(StandardCharsets.UTF_8);
      var response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(text));
      boolean keep =
          HttpUtil.isKeepAlive(request) && !socket.shouldClose(channel.channel().remoteAddress());
      HttpUtil.setContentLength(response, text.length);
      HttpUtil.setKeepAlive(response, keep);
      ChannelFuture written = channel.writeAndFlush(response);
      if (!keep) {
        written.addListener(ChannelFutureListener.CLOSE);
      }
    }
  }
}
